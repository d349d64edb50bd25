"""Executors of code: in a container with limits, or on this machine without a sandbox.

Nothing here is imported by recording, and the Docker client only once a container is started.
"""
