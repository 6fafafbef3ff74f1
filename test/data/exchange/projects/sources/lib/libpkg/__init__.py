here = "lib"
