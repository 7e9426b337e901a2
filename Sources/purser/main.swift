import Glibc

exit(Purser.run(CommandLine.arguments))
