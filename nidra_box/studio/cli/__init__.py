"""The studio's commands. Of the box's command line they use only `cli.common`."""
