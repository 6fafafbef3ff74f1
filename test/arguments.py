"""What the test drivers of this folder take on their command line."""

import argparse
import sys


def test_arguments():
    """`--bin DIR [NAME…]`: the directory, and what unittest.main takes to run only the tests whose
    names contain one of the names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    return given.bin, [sys.argv[0]] + [word for name in given.names for word in ("-k", name)]
