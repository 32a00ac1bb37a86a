"""What the shipped programmes promise, tested on the compiled night: which words fall when,
what the breath, the lamp and the sound do meanwhile."""
