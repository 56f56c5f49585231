"""The trained model of the course: corpus, training, evaluation, quantization, checkpoints."""
