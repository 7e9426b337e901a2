import Glibc

exit(Conformance.run(CommandLine.arguments))
