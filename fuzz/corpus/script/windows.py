# coding: latin-1
x = """
# /// pylock
"""
if TYPE_CHECKING:
	import a.b
# open é