"""What happened and what is wrong: entries, the journal, one line for each night."""
