"""The training stage."""

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.formats.tokenizer import read_tokenizer, vocabulary_size
from components.formats.tokens import PackedTokens, read_tokens
from components.runtime.atomic import check_output, folder_lock, written_folder
from components.runtime.errors import InputError
from components.runtime.gpus import check_gpus
from components.runtime.ranges import check_count, check_range
from components.runtime.state import code_files, state_key
from components.training.recipe import (
    Attention,
    Decayed,
    Keep,
    Optimizer,
    Precision,
    Recipe,
    Schedule,
)
from components.training.trackers import TrackedRun, Trackers, requested_trackers

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MIXED_PRECISION = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}


def training(
    *,
    tokens: Path,
    weights: Path,
    model: Path,
    epochs: int,
    optimizer: Optimizer,
    batch_size: int,
    micro_batch_size: int,
    peak_learning_rate: float,
    warmup_ratio: float,
    schedule: Schedule,
    weight_decay: float,
    decayed: Decayed,
    adam_beta2: float,
    adam_epsilon: float,
    attention: Attention,
    precision: Precision,
    keep: Keep,
    seed: int,
    state: Path = Path(".state"),
    checkpoint_seconds: float = 20.0,
    checkpoint_steps: int = 0,
) -> None:
    """Trains a model on packed tokens; with 0 epochs, keeps its weights and only validates it.

    With several GPUs, or if accelerate's configuration asks for several processes, each process
    trains on its share of every batch; so it does on several nodes, if torchrun's variables say so
    (PET_NNODES, PET_NODE_RANK, PET_MASTER_ADDR, PET_MASTER_PORT). The first node writes the model.

    Checkpoints are written during training, and when Ctrl-C or SIGTERM stops it. The same command
    resumes from the newest one and ends with the weights of an uninterrupted run. Training that has
    diverged ends in an error and keeps the checkpoint before: a loss is not finite, or the mean
    loss of 50 optimizer steps is more than 1 nat per token above the lowest such mean.

    The variable TRACKERS names trackers that show the curves while it runs, as in
    TRACKERS=wandb,tensorboard: mlflow, tensorboard or wandb. Each needs the package of its name and
    takes its own variables (WANDB_API_KEY, WANDB_MODE, MLFLOW_TRACKING_URI); files go to trackers/,
    or to the folder in TRACKERS_DIR.

    Args:
        tokens: Folder of the packed tokens and their tokenizer, which is copied to the model.
        weights: Folder of the model to start from.
        model: Output folder of the trained model, its card, history.jsonl and training.json.
        epochs: Number of passes over the training sequences; 0 keeps the weights as they are.
        optimizer: Optimizer: adamw, or muon for the matrices of transformer blocks and AdamW for
            all other parameters.
        batch_size: Sequences per optimizer step, over all processes.
        micro_batch_size: Micro-batch size: sequences per forward pass and process.
        peak_learning_rate: Peak learning rate.
        warmup_ratio: Warm-up, as a share of all optimizer steps.
        schedule: Decay of the learning rate to 0 after the warm-up: cosine or linear.
        weight_decay: Weight decay.
        decayed: Which weights decay: matrices, or matrices-and-norms. Biases never do.
        adam_beta2: AdamW's decay rate of the mean squared gradient.
        adam_epsilon: AdamW's epsilon.
        attention: What a token sees of its packed sequence: sequence for all tokens before it, or
            document for those of its own document, which end-of-text must end.
        precision: Precision of the forward and backward passes, float16 on GPUs only; validation is
            in float32.
        keep: Weights to keep: last (after the last epoch), or best (after the epoch with the lowest
            validation loss; the earlier one of equals).
        seed: Random seed of the order of sequences and of dropout.
        state: Folder of checkpoints.
        checkpoint_seconds: Minimum time between two checkpoints. It is longer when checkpoints
            would take more than 2 % of the time, unless a killed run could then lose more than
            60 s of work.
        checkpoint_steps: Optimizer steps after which there is a checkpoint in any case; 0: none.

    Raises:
        InputError: A number is out of range, the output cannot be replaced, an input is missing or
            bad, the tokens do not fit the weights, another process trains the same, or training has
            diverged.
    """
    recipe = Recipe(
        epochs=epochs,
        optimizer=optimizer,
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        peak_learning_rate=peak_learning_rate,
        warmup_ratio=warmup_ratio,
        schedule=schedule,
        weight_decay=weight_decay,
        decayed=decayed,
        adam_beta2=adam_beta2,
        adam_epsilon=adam_epsilon,
        attention=attention,
        precision=precision,
        keep=keep,
        seed=seed,
    )
    check_range("checkpoint_seconds", checkpoint_seconds, at_least=0)
    check_count("checkpoint_steps", checkpoint_steps, at_least=0)
    check_output(model)
    trackers = requested_trackers()
    data = read_tokens(tokens)

    import torch

    from components.formats.model import context_length, read_model
    from components.training.documents import document_end
    from components.training.processes import processes_to_start, train_in_processes

    check_gpus(torch.cuda.device_count())
    if epochs and precision == "float16" and not torch.cuda.is_available():
        raise InputError("precision float16 without a GPU: expected float32 or bfloat16")
    start = read_model(weights)
    _check_match(
        data,
        tokens=tokens,
        num_embeddings=start.config.get_text_config().vocab_size,
        longest=context_length(start),
    )
    end = None
    if attention == "document":
        tokenizer = read_tokenizer(tokens)
        end = document_end(data.train.sequences, tokenizer=tokenizer, model=start)
    paths = {"tokens": tokens, "weights": weights, "model": model, "state": state}
    often = {"checkpoint_seconds": checkpoint_seconds, "checkpoint_steps": checkpoint_steps}
    if count := processes_to_start():
        del start  # each process reads its own
        train_in_processes(count, asdict(recipe) | paths | often)
        return
    _train(
        start, data, recipe=recipe, document_end=end, trackers=trackers, paths=paths, often=often
    )


def _train(
    network: "PreTrainedModel",
    data: PackedTokens,
    *,
    recipe: Recipe,
    document_end: int | None,
    trackers: tuple[str, ...],
    paths: dict[str, Path],
    often: dict[str, Any],
) -> None:
    """Trains a model in this process and writes what the stage leaves.

    Args:
        network: The model to train.
        data: What to train on.
        recipe: How.
        document_end: As of `TrainingRun`.
        trackers: Names of trackers.
        paths: The stage's paths by flag.
        often: How often checkpoints are written, as `TrainingRun.train` takes it.
    """
    import torch
    from accelerate import Accelerator

    from components.training.checkpoint import Checkpoints
    from components.training.failures import failures_in_a_line
    from components.training.loop import TrainingRun
    from components.training.record import write_result

    tokens, weights, model = paths["tokens"], paths["weights"], paths["model"]
    accelerator = Accelerator(
        mixed_precision=MIXED_PRECISION[recipe.precision], cpu=not torch.cuda.is_available()
    )
    # By name: models that are trained alike may be trained at one time.
    key = state_key(asdict(recipe) | {"model": model.name}, files=_state_files(tokens, weights))
    checkpoints = Checkpoints(paths["state"] / key)
    settings = {"tokens": tokens.name, "weights": weights.name, **asdict(recipe)}
    settings["sequence_length"] = sequence_length = data.train.sequences.shape[1]
    is_first = accelerator.is_main_process
    lock = folder_lock(checkpoints.folder) if is_first else nullcontext()
    with lock:
        with failures_in_a_line(
            accelerator, micro_batch_size=recipe.micro_batch_size, sequence_length=sequence_length
        ):
            run = TrainingRun(
                network,
                data,
                recipe=recipe,
                accelerator=accelerator,
                checkpoints=checkpoints,
                document_end=document_end,
            )
            shown = trackers if recipe.epochs and is_first else ()
            num_steps = recipe.epochs and recipe.epochs * recipe.steps_per_epoch(
                len(data.train.sequences)
            )
            told = TrackedRun(model.name, key, run.history.step, num_steps, settings)
            with Trackers(shown, told) as curves:
                validation = run.train(trackers=curves, **often)
        if is_first:
            with written_folder(model) as folder:
                write_result(
                    folder, run, validation, name=model.name, tokenizer=tokens, settings=settings
                )
            checkpoints.clear()
            print(f"{model}: validation perplexity {validation.perplexity:.2f}")  # noqa: T201
    # PyTorch hangs where the wrapped model is the last to let go of the process group.
    del run
    accelerator.free_memory()
    accelerator.end_training()


def _check_match(
    data: PackedTokens, *, tokens: Path, num_embeddings: int, longest: int | None
) -> None:
    """Refuses tokens that the model cannot take."""
    size = vocabulary_size(read_tokenizer(tokens))
    if size != num_embeddings:
        found = f"{size:,} tokens in the tokenizer at {tokens}"
        raise InputError(f"{found}: expected the model's vocabulary of {num_embeddings:,}")
    if not data.validation.sequences.size or not data.validation.predicted_bytes:
        raise InputError(f"no validation sequences at {tokens}: expected text to validate with")
    for name, split in data._asdict().items():
        sequence_length = split.sequences.shape[1]
        if longest is not None and sequence_length > longest:
            raise InputError(
                f"sequences of {sequence_length} tokens in {tokens / name}.npy: expected at most"
                f" the model's {longest}"
            )
        if (largest := int(split.sequences.max(initial=0))) >= size:
            raise InputError(
                f"token id {largest} in {tokens / name}.npy: expected ids below the vocabulary's"
                f" size, {size:,}"
            )


def _state_files(*folders: Path) -> list[Path]:
    """Every file that decides the result: inputs, without hidden files, and code."""
    code = code_files("training", "formats/model.py", "formats/tokens.py")
    files = (file for folder in folders for file in folder.glob("[!.]*") if file.is_file())
    return [*code, *files]
