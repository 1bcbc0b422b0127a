"""`init`: a commented configuration file, and a data directory that git does not see."""

import secrets
from pathlib import Path

import click

from emulator.cli.lazy import command
from emulator.domain.errors import EnvironmentFault, UserError

_TEMPLATE = """\
# Options of epcc-emulator for this project. The command line and EPCC_EMULATOR_<OPTION> come before this file.
# Everything may be left out; what is commented out stands at its default.

# What chance and ids follow. Another number is another shop, with other ids and other accidents.
seed: {seed}

# port: 3722
# host: 127.0.0.1
# allowed-host: [emulator]   # names besides localhost that the control API answers to, in a container say
# tls: false                 # true serves https, with a certificate authority of its own
# data-dir: .epcc-emulator   # relative to this file
# ephemeral: false           # true keeps nothing
# history: 1GB               # how much settled history is kept

# Chaos: off, documented (late, out of order, more than once), jittery, lost_acks, outage, at_least_once, hostile, or a
# file of rules of your own.
# profile: off

# real; scaled with a speed; virtual, where time moves only when it is told to.
# clock: real
# speed: 60
# start: 2026-01-01T00:00:00Z

# How bearer tokens are checked: lenient (any will do), strict (only those issued here), off.
# auth: lenient
# client-id: epcc-emulator
# client-secret: it follows from the seed
# base-url: https://api.emulator.test   # what links in answers and messages begin with

# The provider's API: calls beyond the limit get a 429, and reads of the shop are so far behind its changes.
# rate-limit: 100/s
# consistency-lag: 2s

# What integrations may be, and how large a request. The provider's are off until somebody enables them.
# enabled: false
# event-limit: 5
# integration-limit: 100
# body-limit: 1MiB

# Whether a transaction has the field transaction-type (hyphen, as the provider) or transaction_type (underscore).
# transaction-type: hyphen

# A directory of fixtures of your own, laid over those that come with it (epcc-emulator fixtures copy order).
# fixtures: fixtures         # relative to this file

# Nothing is sent beyond this machine and private networks but to these host names.
# allow-remote: ["*.staging.example.com"]

# How long a receiver may take (the provider's newer documentation says 10s), and the waits between attempts.
# webhook-timeout: 30s
# retry-wait: [5s, 30s, 2m, 5m, 10m]

# The servers for queues that come with the emulator: started when an integration first needs them, at once (true), or
# never (false).
# sqs: true
# sqs-port: 3723
# sqs-endpoint: http://localhost:9324   # another SQS server, used in place of the embedded one
# stomp: true
# stomp-port: 61613
# stomp-behaviour: activemq             # or rabbitmq
# stomp-tls: false                      # stomp+ssl too, on the next port

# What `epcc-emulator listen` does without being told: one of forward-to, queue and destination.
# listen:
#   forward-to: http://localhost:8000/hook
#   queue: epcc-orders
#   region: us-east-1
#   destination: /queue/orders
#   events: ["order.*"]
#   secret: what receivers find in X-MOLTIN-SECRET-KEY

# How the dashboard looks, in `epcc-emulator tui` and `serve --tui`.
# tui:
#   theme: dark              # light, high-contrast, or terminal: the terminal's own sixteen colours
#   keys: keys.yaml          # other keys; relative to this file (epcc-emulator tui --print-keys)
#   ascii: false             # true draws with ASCII alone
"""


@command(
    "init",
    examples={
        "epcc-emulator init": "write epcc-emulator.yaml into this directory",
        "epcc-emulator init --force": "write it anew",
    },
)
@click.option("--force", is_flag=True, help="Overwrite the file that is there.")
def init(force: bool) -> None:
    """Write epcc-emulator.yaml with every option explained, and make the data directory, hidden from git."""
    from emulator.loading.configuration import FILE_NAME
    from emulator.runtime.journal.files import prepare

    path = Path(FILE_NAME)
    if path.exists() and not force:
        raise UserError(f"{path} is there already; overwrite it with --force")
    prepare(Path(".epcc-emulator"))
    try:
        path.write_text(_TEMPLATE.format(seed=secrets.randbelow(1_000_000)), encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror}") from None
    click.echo(f"Wrote {path}, and .epcc-emulator, which git does not see.")
    click.echo("Next: epcc-emulator listen --forward-to http://localhost:8000/hook")
