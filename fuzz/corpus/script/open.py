# requirements:
# six>=1 ; os_name == "nt"

import six\
, a
match x:
  case {"a": 1}: import b