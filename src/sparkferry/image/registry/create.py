"""How a repository is created, where a registry wants that before the first push."""

import re

_ECR = re.compile(r"[0-9]{12}\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\..+")
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html."""

_ARTIFACT_REGISTRY = re.compile(r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev")
"""https://cloud.google.com/artifact-registry/docs/docker/names."""


def how_to_create(registry: str, repository: str) -> str:
    """Return the command that creates ``repository``, or where to create it."""
    first, _, rest = repository.partition("/")
    if found := _ECR.fullmatch(registry):
        name = f"--repository-name {repository} --region {found['region']}"
        return f"create it: `aws ecr create-repository {name}`"
    if registry == "public.ecr.aws":
        name = f"--repository-name {rest or first} --region us-east-1"
        return f"create it: `aws ecr-public create-repository {name}`"
    if found := _ARTIFACT_REGISTRY.fullmatch(registry):
        name, options = rest.partition("/")[0], "--repository-format=docker"
        place = f"--location={found['location']} --project={first}"
        return f"create it: `gcloud artifacts repositories create {name} {options} {place}`"
    return (
        f"create it, or check its name: some registries want a repository, or a project `{first}` "
        f"around it, before the first push (Harbor: `curl -u USER https://{registry}/api/v2.0/projects "
        f"-H 'Content-Type: application/json' -d '{{\"project_name\": \"{first}\"}}'`)"
    )
