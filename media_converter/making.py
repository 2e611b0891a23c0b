"""Turns a file into what a recipe asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from . import films, looking, pictures, sounds, streams
from .probe import Probe
from .protocol import Job
from .recipes import FILM, PICTURES, Recipe

Progress = Callable[[int], None]

waveform = sounds.waveform


def make(job: Job, progress: Progress) -> Probe:
    """Write the target and say what it became. Raises Unfit and DECODER_ERRORS."""
    recipe = Recipe.parse(job.recipe)
    told = _only_news(progress)
    if recipe.mime_type in PICTURES:
        _make_picture(job, recipe)
    elif recipe.mime_type != FILM:
        sounds.make(job, recipe, told)
    elif looking.is_picture(job.mime_type):
        films.from_animation(job, recipe, told)
    else:
        films.make(job, recipe, told)
    made = looking.look(replace(job, source=job.target, mime_type=recipe.mime_type))
    return replace(made, mime_type=recipe.mime_type)


def _make_picture(job: Job, recipe: Recipe) -> None:
    if looking.is_picture(job.mime_type):
        pictures.make(job, recipe)
    else:
        pictures.save(streams.first_picture(job), Path(job.target), recipe)


def _only_news(progress: Progress) -> Progress:
    """Tell each percent once."""
    last = -1

    def tell(percent: int) -> None:
        nonlocal last
        if percent > last:
            last = percent
            progress(percent)

    return tell
