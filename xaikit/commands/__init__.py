"""What each command of the command line does; imported when it runs, so that `xaikit --help` stays light."""
