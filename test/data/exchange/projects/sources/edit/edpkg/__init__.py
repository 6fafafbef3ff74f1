here = "edit"
