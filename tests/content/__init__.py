"""What is shipped, held against what it promises: every requirement of a programme is a test
over its compiled score, so that an edited word or minute which breaks one is noticed."""
