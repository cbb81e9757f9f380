"""The measures in words: their names and how their numbers are printed."""

from types import MappingProxyType

from xaikit.core.evidence import Evidence
from xaikit.report.text import Interval, Message, Number, Prose, Text, say

MEASURES: MappingProxyType[str, tuple[Message, str]] = MappingProxyType(
    {
        "accumulated_local_effect": (say("accumulated local effect"), "amount"),
        "accuracy": (say("accuracy"), "percent"),
        "adjusted_gap": (say("gap with what was declared held equal"), "points"),
        "applicant_nearest_accepted": (say("distance of an accepted application"), "score"),
        "applicant_reason": (say("attribution of a reason"), "amount"),
        "applicant_recourse": (say("cost of a change"), "ratio"),
        "applicant_recourse_diversity": (say("share of features in which the answers differ"), "percent"),
        "applicant_recourse_found": (say("changes that would be accepted"), "count"),
        "applicant_recourse_plausibility": (say("share of real rows that are less usual than the answer"), "percent"),
        "applicant_reasons_together": (say("score without the main reasons"), "score"),
        "applicant_score": (say("score of the application"), "score"),
        "brier_attribution": (say("part of the Brier score"), "amount"),
        "direct_effect": (say("direct effect"), "amount"),
        "e_value": (say("E-value"), "ratio"),
        "indirect_effect": (say("indirect effect"), "amount"),
        "largest_imbalance": (say("largest standardised difference of a covariate"), "score"),
        "mean_absolute_attribution": (say("mean absolute attribution"), "score"),
        "negative_control_gap": (say("gap of the negative control"), "points"),
        "overlap_trimmed": (say("share without anybody to compare with"), "percent"),
        "partial_dependence": (say("partial dependence"), "score"),
        "permutation_brier_increase": (say("rise of the Brier score when the feature is shuffled"), "amount"),
        "permutation_importance": (say("change of the score when the feature is shuffled"), "amount"),
        "placebo_z": (say("z of groups drawn by lot"), "score"),
        "recourse_diversity": (say("share of features in which the answers differ"), "percent"),
        "recourse_plausibility": (say("answers that are as usual as 95% of real rows"), "percent"),
        "recourse_stability": (say("answers that a model made again would accept"), "percent"),
        "robustness_value": (say("robustness value"), "percent"),
        "spurious_effect": (say("spurious effect"), "amount"),
        "attribute_flip_to_favourable": (say("decisions turned favourable by the flip"), "percent"),
        "attribute_flip_to_unfavourable": (say("decisions turned unfavourable by the flip"), "percent"),
        "accuracy_difference": (say("largest difference of accuracy"), "points"),
        "base_rate": (say("share of favourable labels"), "percent"),
        "calibration_intercept": (say("calibration intercept"), "amount"),
        "converged_share": (say("share of values that converged"), "percent"),
        "deletion_advantage": (say("deletion, better than random order by"), "ratio"),
        "equal_opportunity_difference": (say("largest difference of true-positive rates"), "points"),
        "equalized_odds_difference": (say("equalized-odds difference"), "points"),
        "false_discovery_rate": (say("false-discovery rate"), "percent"),
        "false_omission_rate": (say("false-omission rate"), "percent"),
        "insertion_advantage": (say("insertion, better than random order by"), "ratio"),
        "predictive_parity_difference": (say("largest difference of precision"), "points"),
        "scoring_impact_ratio": (say("impact ratio of scoring rates"), "ratio"),
        "treatment_equality": (say("false negatives to each false positive"), "ratio"),
        "true_negative_rate": (say("true-negative rate"), "percent"),
        "correlation_drift": (say("largest difference between two correlations"), "ratio"),
        "exact_copies": (say("generated rows that are real ones"), "percent"),
        "group_rate_drift": (say("difference of the group's share, generated − real"), "points"),
        "group_selection_drift": (say("difference of the group's selection rate, generated − real"), "points"),
        "name_swap_decisions": (say("decisions that differ between names of the two groups"), "percent"),
        "name_swap_difference": (say("mean difference of the score"), "amount"),
        "name_swap_p": (say("p value, all sign flips of the templates"), "p"),
        "name_swap_spread": (say("largest range of scores among names of one group"), "score"),
        "nearest_record_share": (say("chance to lie nearer to a real row than another real row does"), "percent"),
        "channels_silent": (say("channels that answer every input alike"), "count"),
        "top_patch": (say("activation of a channel at its patch"), "amount"),
        "two_sample_auc": (say("how well a classifier tells generated rows from real ones (AUC)"), "ratio"),
        "batch_difference": (say("difference of a row alone and in company"), "score"),
        "proxy_auc": (say("how well the feature tells the attribute (AUC)"), "index"),
        "declared_place": (say("place in the declared graph"), "count"),
        "flip_with_descendants": (say("change of the rate with all that the attribute shapes"), "points"),
        "proxy_mutual_information": (say("information on the attribute, bits"), "index"),
        "proxy_r2": (say("share of the attribute's variance that the feature tells (R²)"), "index"),
        "proxy_strength": (say("strength of a stand-in"), "index"),
        "recourse_cost": (say("cost of the least change that is accepted"), "ratio"),
        "recourse_cost_gap": (say("difference of that cost to the best-off group"), "amount"),
        "recourse_example": (say("cost of one answer"), "ratio"),
        "recourse_features_changed": (say("features changed"), "ratio"),
        "recourse_found": (say("share of the rejected for whom a change was found"), "percent"),
        "repeat_decisions_changed": (say("decisions that changed when asked again"), "percent"),
        "repeat_difference": (say("difference of scores when asked again"), "score"),
        "background_base_shift": (say("distance of the background's mean score from the population's"), "score"),
        "background_p": (say("p value: background drawn from the population, by its inputs"), "p"),
        "background_score_p": (say("p value: background drawn from the population, by its scores"), "p"),
        "cause": (say("standing of the claim of cause"), "count"),
        "cause_rung": (say("standing of a rung"), "count"),
        "consistency": (say("consistency with the nearest rows"), "percent"),
        "generalized_entropy": (say("generalized entropy of benefits"), "score"),
        "generalized_entropy_between_groups": (say("generalized entropy between groups"), "score"),
        "method_rank_correlation": (say("rank correlation with another method"), "ratio"),
        "method_top_agreement": (say("leading features shared with another method"), "percent"),
        "mixed_row_auc": (say("how well masked rows are told from real ones (AUC)"), "ratio"),
        "noise_distance": (say("change of the explanation under small noise"), "score"),
        "randomisation_similarity": (say("similarity to the explanation of a randomised model"), "ratio"),
        "seed_distance": (say("change of the explanation with another seed"), "score"),
        "seed_rank_correlation": (say("rank correlation with another seed"), "ratio"),
        "shift_excess": (say("how much more the explanation moved than the score, shifted"), "percent"),
        "small_change_distance": (say("change of the explanation after a small edit or shift"), "score"),
        "small_change_excess": (say("how much more the explanation moved than the score"), "percent"),
        "subgroup_rate_difference": (say("difference of a subgroup to all others, in percentage points"), "points"),
        "subgroups_searched": (say("subgroups searched"), "count"),
        "theil_index": (say("Theil index of benefits"), "score"),
        "theil_index_between_groups": (say("Theil index between groups"), "score"),
        "twin_disagreement": (say("attributions moved between features against a twin model"), "percent"),
        "twin_fidelity": (say("fidelity of the twin model (R²)"), "ratio"),
        "auc": (say("area under the ROC curve"), "index"),
        "best_of_k_p": (say("p value, valid for a comparison with the best group"), "p"),
        "breslow_day_p": (say("p value of the Breslow–Day test"), "p"),
        "attribute_flip_score_change": (say("mean change of the score by the flip"), "amount"),
        "calibration_slope": (say("calibration slope"), "ratio"),
        "chi2_p": (say("p value of one test of all groups"), "p"),
        "gap": (say("gap"), "points"),
        "gap_attribution": (say("part of the gap that passes through the feature"), "points"),
        "gap_attribution_residual": (say("part of the gap that no feature carries"), "points"),
        "holm_p": (say("p value against the declared reference"), "p"),
        "impact_ratio_bounds": (say("impact ratio, however the unknown are distributed"), "ratio"),
        "negative_predictive_value": (say("negative predictive value"), "percent"),
        "phi": (say("phi"), "ratio"),
        "rest_p": (say("p value against all other groups"), "p"),
        "standardised_selection_rate": (say("selection rate standardised to the same strata"), "percent"),
        "stratified_best_of_k_p": (say("p value within strata, valid for a comparison with the best group"), "p"),
        "calibration": (say("observed share of favourable labels"), "percent"),
        "cmh_p": (say("p value of the Cochran–Mantel–Haenszel test"), "p"),
        "cohen_h": (say("Cohen's h"), "ratio"),
        "completeness_residual": (say("completeness residual"), "score"),
        "expected_calibration_error": (say("expected calibration error"), "ratio"),
        "false_negative_rate": (say("false-negative rate"), "percent"),
        "false_positive_rate": (say("false-positive rate"), "percent"),
        "fisher_p": (say("p value of Fisher's exact test"), "p"),
        "impact_ratio": (say("impact ratio"), "ratio"),
        "mantel_haenszel_or": (say("Mantel–Haenszel odds ratio"), "ratio"),
        "mid_p": (say("mid-P value of the exact test"), "p"),
        "minimum_detectable_ratio": (say("smallest gap that would be noticed"), "ratio"),
        "odds_ratio": (say("odds ratio"), "ratio"),
        "precision": (say("precision"), "percent"),
        "representation": (say("share of the rows"), "percent"),
        "scoring_rate": (say("scoring rate"), "percent"),
        "selection_rate": (say("selection rate"), "percent"),
        "selection_rate_difference": (say("difference of selection rates, in percentage points"), "points"),
        "shortfall": (say("people short of parity"), "people"),
        "true_positive_rate": (say("true-positive rate"), "percent"),
        "word_gap": (say("gap between groups, to be split over words"), "points"),
        "word_gap_attribution": (say("part of the gap that passes through the word"), "points"),
        "word_gap_residual": (say("part of the gap that the explained texts do not show"), "points"),
        "z": (say("z"), "score"),
        "AD": (say("AD, accuracy difference"), "score"),
        "CDDL": (say("CDDL, conditional demographic disparity in labels"), "score"),
        "CDDPL": (say("CDDPL, conditional demographic disparity in predicted labels"), "score"),
        "CI": (say("CI, class imbalance"), "score"),
        "DAR": (say("DAR, difference in acceptance rates"), "score"),
        "DCA": (say("DCA, difference in conditional acceptance"), "score"),
        "DCR": (say("DCR, difference in conditional rejection"), "score"),
        "DI": (say("DI, disparate impact"), "ratio"),
        "DPL": (say("DPL, difference in proportions of labels"), "score"),
        "DPPL": (say("DPPL, difference in positive proportions in predicted labels"), "score"),
        "DRR": (say("DRR, difference in rejection rates"), "score"),
        "FT": (say("FT, counterfactual fliptest"), "score"),
        "GE": (say("GE, generalized entropy"), "score"),
        "JS": (say("JS, Jensen–Shannon divergence"), "score"),
        "KL": (say("KL, Kullback–Leibler divergence"), "score"),
        "KS": (say("KS, Kolmogorov–Smirnov"), "score"),
        "LP": (say("LP, Lp norm"), "score"),
        "RD": (say("RD, recall difference"), "score"),
        "SD": (say("SD, specificity difference"), "score"),
        "TE": (say("TE, treatment equality"), "score"),
        "TVD": (say("TVD, total variation distance"), "score"),
        "class_imbalance": (say("class imbalance"), "score"),
        "class_rate": (say("share in the class"), "percent"),
        "class_ratio": (say("ratio to the highest share in the class"), "ratio"),
        "class_accuracy": (say("accuracy over classes"), "percent"),
        "conditional_demographic_disparity": (say("conditional demographic disparity"), "score"),
        "cramers_v": (say("Cramér's V"), "ratio"),
        "drift_change_p": (say("p value of a change at one time"), "p"),
        "drift_heterogeneity_p": (say("p value of any change"), "p"),
        "drift_trend_p": (say("p value of a steady trend"), "p"),
        "exposure": (say("mean exposure"), "score"),
        "exposure_ratio": (say("ratio to the highest exposure"), "ratio"),
        "js_divergence": (say("Jensen–Shannon divergence"), "score"),
        "kl_divergence": (say("Kullback–Leibler divergence"), "score"),
        "kolmogorov_smirnov": (say("Kolmogorov–Smirnov distance"), "score"),
        "label_rate_difference": (say("difference of favourable labels, in percentage points"), "points"),
        "lp_norm": (say("L2 norm"), "score"),
        "mean_absolute_error": (say("mean absolute error"), "score"),
        "mean_error": (say("mean error"), "score"),
        "mean_outcome": (say("mean outcome"), "score"),
        "mean_outcome_difference": (say("difference of mean outcomes"), "score"),
        "ndkl": (say("divergence of the ranking (NDKL)"), "score"),
        "root_mean_squared_error": (say("root mean squared error"), "score"),
        "top_rate": (say("share that is in the head of the list"), "percent"),
        "top_ratio": (say("ratio to the highest share in the head"), "ratio"),
        "total_variation_distance": (say("total variation distance"), "score"),
        "tradeoff_accuracy": (say("accuracy on rows not seen"), "percent"),
        "tradeoff_gap": (say("gap on rows not seen"), "percent"),
        "tradeoff_selection_change": (say("change of the selection rate, in percentage points"), "points"),
        "tradeoff_true_positive_change": (say("change of the true-positive rate, in percentage points"), "points"),
    }
)
GAPS = ("gap", "gap_attribution", "gap_attribution_residual", "word_gap", "word_gap_attribution", "word_gap_residual")
"""In percentage points of a rate, or in the unit of a score."""
UNITS = MappingProxyType({"rate": "percent", "p": "p", "count": "count", "ratio": "ratio", "share": "percent"})


def name_of(measure: str) -> Text:
    """Return the name of a measure in words; its technical name where it has none."""
    return MEASURES[measure][0] if measure in MEASURES else measure.replace("_", " ")


def kind_of(evidence: Evidence) -> str:
    """Return how the numbers of evidence are printed."""
    if evidence.unit == "score" and evidence.measure in GAPS:
        return "amount"
    if evidence.measure in MEASURES:
        return MEASURES[evidence.measure][1]
    return UNITS.get(evidence.unit, "score")


def value(evidence: Evidence | None) -> Text:
    """Return the value of evidence as it is printed: a number, or why there is none."""
    if evidence is None:
        return Number(None, "score")
    if evidence.value is None and evidence.because:
        return Prose(evidence.because)
    return Number(evidence.value, kind_of(evidence), evidence.id)


def interval(evidence: Evidence | None) -> Text:
    """Return the interval of evidence as it is printed."""
    if evidence is None:
        return Interval(None, None, "score")
    return Interval(evidence.low, evidence.high, kind_of(evidence), evidence.id)


def n(evidence: Evidence | None) -> Text:
    """Return the number of rows that evidence rests on."""
    if evidence is None:
        return Number(None, "count")
    return Number(evidence.n, "count", evidence.id, "n")
