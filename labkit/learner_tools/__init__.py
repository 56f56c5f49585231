"""What a learner asks for beside grading: is this machine ready, my figure, my card, a notebook to begin in."""
