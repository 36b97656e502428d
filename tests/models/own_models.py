"""A file as a person would put it beside millwright.yaml."""

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


def logistic():
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())


def margins():
    return make_pipeline(RobustScaler(), LinearSVC(C=0.01))


def discriminant():
    return LinearDiscriminantAnalysis()


def ridge():
    return make_pipeline(MinMaxScaler(), SimpleImputer(strategy="median"), Ridge())


def tree(task):
    return (DecisionTreeRegressor if task == "regression" else DecisionTreeClassifier)(max_depth=6)


def forest(task):
    return (RandomForestRegressor if task == "regression" else RandomForestClassifier)(8, min_samples_leaf=4)


def scaled_forest(task):
    kind = ExtraTreesRegressor if task == "regression" else ExtraTreesClassifier
    return make_pipeline(SimpleImputer(), StandardScaler(), MinMaxScaler(), kind(8, min_samples_leaf=4))


def boosted(task):
    return (GradientBoostingRegressor if task == "regression" else GradientBoostingClassifier)(n_estimators=8)


def histograms(task, categorical):
    kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    return kind(max_iter=4, categorical_features=list(categorical))


def lightgbm(task):
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (LGBMRegressor if task == "regression" else LGBMClassifier)(n_estimators=8, num_leaves=15, verbose=-1, n_jobs=1)


def xgboost(task):
    from xgboost import XGBClassifier, XGBRegressor

    return (XGBRegressor if task == "regression" else XGBClassifier)(n_estimators=8, n_jobs=1)


def one_against_rest():
    return make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", max_iter=20))


def bayes():
    return GaussianNB()


def counts():
    return make_pipeline(StandardScaler(), PoissonRegressor(max_iter=20))


def neighbours():
    return KNeighborsClassifier()


def fitted(X, y, *, seed, leaves=7):
    return HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=leaves, random_state=seed).fit(X, y)


class Own(RandomForestClassifier):
    pass


an_instance = DecisionTreeClassifier(max_depth=3)
