"""propose: a folder of images -> params.yaml and models/own.json for a codec of its own."""

import argparse
import itertools
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.comments import CommentedSeq

from image_compressor import files
from image_compressor.errors import InputError, of_machine
from tasks import light, quiet

PARAMS = Path("params.yaml")
HYPER_STEPS = 1500  # at most, of train.hyper_steps; a step takes a fifth of one of the training
UNITS = {"s": 1, "m": 60, "h": 3600}


def propose(directory: Path, seconds: int) -> Iterator[str]:
    """Writes the parameters; yields lines about the images, the recipe and what will come.

    Args:
        directory: the folder of the images.
        seconds: the time for the training, on this machine.

    Raises InputError for a folder without enough images.
    """
    from image_compressor.proposal import looking, recipe

    if not directory.is_dir():
        raise InputError("a directory of images", directory, "Set DIR: make codec DIR=photos.")
    facts = looking.look(directory)
    yield f"Images   {directory}: {facts}"
    if facts.note:
        yield f"         {facts.note}"
    chosen = recipe.choose(facts, directory)
    yield f"Recipe   as models/{chosen.like}.json: {_kind(chosen)}"

    from image_compressor.proposal import forecast

    compressor = forecast.compressor_of(chosen)
    length = forecast.length(chosen, compressor, facts.sample, facts.images, seconds)
    epochs = length.epochs
    yield f"Training {epochs} epochs of {length.seconds:.1f} s here: about {_minutes(length.total)}"
    found = forecast.expected(chosen, compressor, facts.sample)
    beside = ", ".join(f"{name} {size:,.0f}" for name, size in found.rivals.items())
    yield f"Bytes    an image, at SSIM {forecast.SSIM}: {beside}"
    if epochs * length.steps < chosen.steps / 2:
        minutes = math.ceil(length.seconds_of(chosen.steps) / 60)
        yield "         no forecast for the codec, because the time is short: networks like this"
        yield f"         were trained for what would be {minutes} minutes here. Set TIME={minutes}m"
    else:
        paid = "never" if found.paid_after is None else f"after {found.paid_after:,} images"
        yield f"         expect {found.least:,.0f} to {found.most:,.0f} of the codec"
        yield f"         the codec itself: about {found.codec:,}, paid for {paid}"
    choices = {section: dict(values) for section, values in chosen.params.items()}
    choices["train"]["epochs"] = recipe.Choice(epochs, f"what {_minutes(seconds)} allow here")
    if chosen.crop:
        few = min(HYPER_STEPS, epochs * length.steps // 4)
        choices["train"]["hyper_steps"] = recipe.Choice(few, "3 to 6 % fewer bytes")
    if before := _write(choices):
        yield f"Kept     your changes to {PARAMS} as {before}"
    recipe.OWN.write_text(json.dumps(chosen.config, indent=1) + "\n", "utf-8")
    yield f"Written  {PARAMS} and {recipe.OWN}; train with `make reproduce`"


def _kind(chosen):
    if chosen.crop:
        return f"for any size; training reads squares of {chosen.crop}x{chosen.crop}"
    height, width, _ = chosen.config["model"]["layers"]["inputs"][0]["Input"]["shape"]
    return f"for images of {width}x{height}"


def _minutes(seconds):
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _write(choices: Mapping[str, Mapping]) -> Path | None:
    """Changes params.yaml, with the reasons as comments; returns the copy of uncommitted changes.

    Raises InputError if it is not valid, or a section is missing.
    """
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.representer.add_representer(type(None), _null)
    try:
        params = yaml.load(PARAMS.read_text("utf-8"))
        for section, values in choices.items():
            for name, choice in values.items():
                _set(params[section], name, choice)
    except (YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        wanted = f"the sections {', '.join(choices)} in {PARAMS}"
        raise InputError(wanted, error, f"Restore it: git checkout {PARAMS}.") from None
    before = _kept() if _uncommitted() else None
    with files.replace_file(PARAMS, force=True) as file:
        yaml.dump(params, file)
    return before


def _uncommitted():
    command = ["git", "diff", "--quiet", "HEAD", "--", str(PARAMS)]
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def _kept():
    """Copies params.yaml to a new file, so that no earlier copy is lost; returns its path."""
    names = (Path(f"params.before-{number}.yaml") for number in itertools.count(1))
    path = next(name for name in names if not name.exists())
    shutil.copy(PARAMS, path)
    return path


def _null(representer, _):
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _set(section, name, choice):
    """Sets a parameter, and the comment behind it to the reason."""
    if section.get(name) != choice.value:
        section[name] = choice.value
        if isinstance(choice.value, list):
            section[name] = CommentedSeq(choice.value)
            section[name].fa.set_flow_style()
    if choice.reason:
        before = section.ca.items.get(name)
        end = "\n\n" if before and before[2].value.endswith("\n\n") else "\n"
        section.yaml_add_eol_comment(f"# {choice.reason}", name, column=0)
        section.ca.items[name][2].value = f"# {choice.reason}{end}"  # with an empty line below


def _seconds(text: str) -> int:
    match = re.fullmatch(r"(\d+)([smh])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected a time such as 20m or 1h, received {text}")
    return int(match[1]) * UNITS[match[2]]


def main() -> None:
    """Prints the lines. Bad input: one line, exit code 1."""
    parser = argparse.ArgumentParser("python -m tasks.propose", description=__doc__)
    parser.add_argument("directory", type=Path, help="a directory of images, anywhere")
    parser.add_argument(
        "--time", type=_seconds, default="20m", help="for training: 90s, 20m, 2h (%(default)s)"
    )
    options = parser.parse_args()
    quiet.tensorflow()
    light.tensorflow()
    try:
        for line in propose(options.directory, options.time):
            print(line, flush=True)
    except InputError as error:
        sys.exit(f"propose: {error}")
    except (OSError, MemoryError) as error:
        sys.exit(f"propose: {of_machine(error)}")


if __name__ == "__main__":
    main()
