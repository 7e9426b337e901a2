import Glibc

exit(Purserd.run(CommandLine.arguments))
