"""Agents that keep v0.2's behaviour on AutoGen 0.7, as source for projects that are migrated.

The migrator never imports these modules: `--faithful` joins their text, without the parts that a
project does not use (`# region name`), and writes it into the project.
"""
