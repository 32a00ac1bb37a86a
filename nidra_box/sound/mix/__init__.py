"""The mixdown: levels, layers and limiter, as numbers. Pure: state and frames in, PCM out."""
