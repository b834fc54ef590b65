"""A linear classifier of a case's two versions, tried on abstracts that it has not seen.

Ridge regression of what is to be predicted (1: the first version is the original, -1: the second
is) on the difference of the versions' features, without intercept: exchanging the versions of a
case turns its prediction round, so no order of the versions can be learned. Its predictions for
left-out cases are linear in the labels and have a closed form, so that every abstract is left out
once, and ten thousand relabelled benchmarks cost one product of matrices.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

Floats = NDArray[np.float64]
PENALTY = 1.0  # of the squared weights, on features of unit length; not tuned


def left_out_predictor(features: csr_matrix, abstracts: NDArray[np.int64]) -> Floats:
    """The matrix that turns labels into predictions, each from other abstracts' labels only.

    With H the matrix of the fitted values, leaving out the cases g predicts for them
    (1 - H_gg)^-1 (H y - H_gg y_g), the block form of the leave-one-out formula for ridge
    regression (Golub, Heath & Wahba 1979, Technometrics 21:215).

    Args:
        features: Shape (num_cases, num_features); cases are scaled to unit length.
        abstracts: Number of each case's abstract, from 0, shape (num_cases,).

    Returns:
        Shape (num_cases, num_cases).
    """
    hat = _solved(kernel := _kernel(features), kernel)
    for abstract in range(abstracts.max() + 1):
        rows = np.flatnonzero(abstracts == abstract)
        own = hat[np.ix_(rows, rows)]
        hat[np.ix_(rows, rows)] = 0
        hat[rows] = np.linalg.solve(np.eye(len(rows)) - own, hat[rows])
    return hat


def feature_weights(features: csr_matrix) -> Floats:
    """Weights of the classifier of all cases, shape (num_features,): above 0 for the original."""
    weights: Floats = normalize(features).T @ _solved(_kernel(features), np.ones(features.shape[0]))
    return weights


def _kernel(features: csr_matrix) -> Floats:
    rows = normalize(features)
    kernel: Floats = (rows @ rows.T).toarray()
    return kernel


def _solved(kernel: Floats, wanted: Floats) -> Floats:
    """What the kernel with the penalty has to be multiplied by to give what is wanted."""
    return np.asarray(np.linalg.solve(kernel + PENALTY * np.eye(len(kernel)), wanted), np.float64)
