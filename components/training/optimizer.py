"""The optimizers of a recipe: AdamW, or Muon for the blocks' matrices and AdamW for the rest."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from components.training.recipe import Recipe

ADAM_BETA1 = 0.9
MOMENTUM = 0.95  # of Muon, as its author recommends
NEWTON_SCHULZ_STEPS = 5
NEWTON_SCHULZ = 3.4445, -4.7750, 2.0315  # Jordan et al. 2024, kellerjordan.github.io/posts/muon
RMS_OF_ADAMW = 0.2  # of an update, divided by the learning rate; Liu et al. 2025, arXiv 2502.16982


class Muon(torch.optim.AdamW):
    """Muon for the matrices of transformer blocks, AdamW for all other parameters.

    Muon replaces the momentum of a matrix by the nearest semi-orthogonal matrix, so that all its
    directions are learned at one rate (Jordan et al. 2024). Updates have the root mean square of
    AdamW's, so one learning rate and weight decay serve both (Liu et al. 2025, arXiv 2502.16982).

    Arguments are AdamW's, but parameter groups have a `num_matrices`: 0 for AdamW, else how many
    matrices each parameter holds side by side, as GPT-2's c_attn holds three.
    """

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Takes a step by the parameters' gradients; those of matrices are consumed."""
        self._step_matrices()  # AdamW passes over parameters without gradients
        super().step(closure)

    @torch.no_grad()
    def _step_matrices(self) -> None:
        alike: dict[tuple[float, ...], list[tuple[Tensor, Tensor]]] = {}
        for group in self.param_groups:
            if not group["num_matrices"]:
                continue
            decay = 1 - group["lr"] * group["weight_decay"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                parameter.mul_(decay)
                update = self._momentum(parameter, parameter.grad)
                pieces = zip(
                    parameter.chunk(group["num_matrices"], dim=1),
                    update.chunk(group["num_matrices"], dim=1),
                    strict=True,
                )
                for matrix, direction in pieces:
                    is_wide = matrix.shape[0] <= matrix.shape[1]
                    pair = (matrix, direction) if is_wide else (matrix.T, direction.T)
                    alike.setdefault((group["lr"], *pair[0].shape), []).append(pair)
                parameter.grad = None
        for (rate, *shape), pairs in alike.items():
            matrices, directions = zip(*pairs, strict=True)
            updates = orthogonalized(torch.stack(directions)).to(matrices[0].dtype)
            scale = rate * RMS_OF_ADAMW * math.sqrt(max(shape))
            torch._foreach_add_(list(matrices), list(updates), alpha=-scale)

    def _momentum(self, parameter: Tensor, gradient: Tensor) -> Tensor:
        """The gradient, looked ahead along its moving average (Nesterov)."""
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())  # AdamW expects it in every state that it loads
            state["momentum"] = torch.zeros_like(parameter)
        average = state["momentum"].lerp_(gradient, 1 - MOMENTUM)
        return torch.lerp(gradient, average, MOMENTUM)


def orthogonalized(matrices: Tensor) -> Tensor:
    """Semi-orthogonal matrices near those given: singular values of .7 to 1.2.

    Args:
        matrices: Shape (num_matrices, rows, columns), with at most as many rows as columns.

    Returns:
        bfloat16 on GPUs, else the matrices' dtype; shape kept.
    """
    # bfloat16 suffices for the iteration, and is fast where there are tensor cores.
    found = matrices.bfloat16() if matrices.is_cuda else matrices
    found = found / found.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    linear, cubic, quintic = NEWTON_SCHULZ
    for _ in range(NEWTON_SCHULZ_STEPS):
        squared = found @ found.mT
        polynomial = torch.baddbmm(squared, squared, squared, beta=cubic, alpha=quintic)
        found = torch.baddbmm(found, polynomial, found, beta=linear)
    return found


def make_optimizer(model: PreTrainedModel, recipe: Recipe) -> torch.optim.AdamW:
    """The recipe's optimizer of a model's parameters; biases have no weight decay."""
    matrices = _block_matrices(model) if recipe.optimizer == "muon" else {}
    norms_decay = recipe.decayed == "matrices-and-norms"
    groups: dict[tuple[int, float], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            decays = parameter.ndim >= 2 or (norms_decay and not name.endswith("bias"))
            key = matrices.get(parameter, 0), recipe.weight_decay if decays else 0.0
            groups.setdefault(key, []).append(parameter)
    make = Muon if recipe.optimizer == "muon" else torch.optim.AdamW
    return make(
        [
            {"params": group, "weight_decay": decay, "num_matrices": num_matrices}
            for (num_matrices, decay), group in groups.items()
        ],
        lr=recipe.peak_learning_rate,
        betas=(ADAM_BETA1, recipe.adam_beta2),
        eps=recipe.adam_epsilon,
        fused=True,
    )


def _block_matrices(model: PreTrainedModel) -> dict[Tensor, int]:
    """Weights of linear layers but the output layer, and how many matrices each holds."""
    output = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    return {
        # GPT-2's queries, keys and values; a Linear of that name holds them one above the other.
        layer.weight: 3 if name.endswith("c_attn") and isinstance(layer, Conv1D) else 1
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Linear | Conv1D) and layer is not output
    }
