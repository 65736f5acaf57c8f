"""The commands, one module for each group. They only parse options and print; the work is in other packages."""
