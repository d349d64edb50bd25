"""The folder that `loupe run` puts first on PYTHONPATH: Python imports its `sitecustomize`."""
