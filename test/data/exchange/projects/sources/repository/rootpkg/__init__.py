here = "root"
