import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.preprocessing import normalize

from components.audit.classifier import PENALTY, feature_weights, left_out_predictor

DRAW = np.random.default_rng(3)
FEATURES = csr_matrix(DRAW.integers(-2, 3, (30, 12)) * (DRAW.random((30, 12)) < 0.3), dtype=float)
GROUPS = DRAW.integers(0, 9, 30)
LABELS = DRAW.choice([-1.0, 1.0], 30)
RIDGE = Ridge(PENALTY, fit_intercept=False, solver="cholesky")


def test_predictions_are_those_of_a_ridge_regression_fitted_without_each_abstract():
    expected = cross_val_predict(
        RIDGE, normalize(FEATURES).toarray(), LABELS, groups=GROUPS, cv=LeaveOneGroupOut()
    )
    assert left_out_predictor(FEATURES, GROUPS) @ LABELS == pytest.approx(expected, abs=1e-12)


def test_weights_are_those_of_a_ridge_regression_of_all_cases():
    fitted = RIDGE.fit(normalize(FEATURES).toarray(), np.ones(30))
    assert feature_weights(FEATURES) == pytest.approx(fitted.coef_, abs=1e-12)
