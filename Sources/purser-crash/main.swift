import Glibc

exit(Crash.run(CommandLine.arguments))
