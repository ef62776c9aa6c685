"""The tests of the package: python3 -m unittest discover -t clients/python -s clients/python/tests."""
