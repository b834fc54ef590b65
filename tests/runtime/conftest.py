"""A Hub."""

from tests.hub_server import hub, model_folder
