"""What a hyperprior tells of latents, as whole numbers."""

import numpy as np

SCALES = np.geomspace(0.04, 64, 64)  # in bins, that are told apart
MEAN_STEPS = 16  # of a mean, a bin
