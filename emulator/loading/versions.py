"""Versions: of this package, and of what its data depends on."""


def package_version() -> str:
    """`0` for a checkout that is not installed."""
    from importlib.metadata import PackageNotFoundError, version  # 4 ms that a start would wait for

    try:
        return version("epcc-integrations-emulator")
    except PackageNotFoundError:
        return "0"


def versions() -> dict[str, str]:
    """What plans are made with: another version may invent other people, or raise other events."""
    from importlib.metadata import version

    return {"emulator": package_version(), "faker": version("faker")}
