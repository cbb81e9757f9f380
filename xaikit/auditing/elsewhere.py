"""What users of shap and captum type first, and what it is called here."""

from collections.abc import Mapping
from typing import Any

from xaikit.core.errors import SpecError, shown

SHAPLEY = ("KernelExplainer", "PermutationExplainer", "SamplingExplainer", "ExactExplainer", "KernelShap")
ENGINES = {
    **dict.fromkeys((*SHAPLEY, "Explainer", "ShapleyValueSampling", "ShapleyValues", "shap", "kernel"), "shapley"),
    **dict.fromkeys(("TreeExplainer", "tree", "TreeSHAP"), "tree_shap"),
    **dict.fromkeys(("DeepExplainer", "DeepLift", "DeepLiftShap"), "deep_lift"),
    **dict.fromkeys(("GradientExplainer", "GradientShap", "expected_gradients"), "gradient_shap"),
    **dict.fromkeys(("IntegratedGradients", "ig"), "integrated_gradients"),
    **dict.fromkeys(("NoiseTunnel", "Saliency", "InputXGradient"), "smoothgrad"),
    **dict.fromkeys(("FeatureAblation", "Occlusion"), "occlusion"),
    **dict.fromkeys(("LayerGradCam", "GuidedGradCam", "gradcam"), "grad_cam"),
    "LRP": "relevance",
    "PartitionExplainer": "shapley",
}
PARAMETERS = {
    **dict.fromkeys(("baselines", "data", "masker", "background_data"), "background"),
    **dict.fromkeys(("nsamples", "max_evals", "npermutations", "n_samples", "nt_samples"), "budget"),
    **dict.fromkeys(("feature_mask", "feature_groups"), "groups"),
    **dict.fromkeys(("class_index", "output_indexes"), "target"),
    "n_steps": "steps",
    "stdevs": "noise",
    "random_state": "seed",
    "show_progress": "progress",
    "silent": "progress",
    "sliding_window_shapes": "window",
    "strides": "stride",
}
_ENGINES = {name.casefold(): ours for name, ours in ENGINES.items()}


def named(engine: str) -> None:
    """Point to the engine that does what is called otherwise elsewhere.

    Raises
    ------
    SpecError
        For a name of shap or captum.

    Examples
    --------
    >>> named("KernelExplainer")
    Traceback (most recent call last):
        ...
    xaikit.core.errors.SpecError: xaikit.explain: got engine 'KernelExplainer'; expected 'shapley'. ...
    """
    ours = _ENGINES.get(str(engine).casefold())
    if ours is not None and ours != engine:
        hint = "Names of shap and captum, and what replaces them: docs/migration."
        raise SpecError("xaikit.explain", f"engine {shown(engine)}", f"'{ours}'", hint)


def called(engine: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Point to the parameter that does what is called otherwise elsewhere.

    Raises
    ------
    SpecError
        For a parameter of shap or captum that the engine has under another name.
    """
    for name, value in given.items():
        rows = name == "baselines" and hasattr(value, "__len__")  # integrated gradients count theirs
        if name in PARAMETERS and (rows or name not in known):
            raise SpecError(f"explain.{engine}", f"parameter {shown(name)}", PARAMETERS[name])
