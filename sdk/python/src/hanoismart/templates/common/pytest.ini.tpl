[pytest]
testpaths = tests
pythonpath = .
