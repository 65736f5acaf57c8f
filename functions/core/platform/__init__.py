"""What every other package of the engine uses: time, names, JSON, errors, AWS clients and the environment."""
