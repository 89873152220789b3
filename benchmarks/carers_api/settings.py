"""The product's settings, with one more address: a view that does nothing, to be measured beside the product's own."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.carers_api.urls"
