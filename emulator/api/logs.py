"""Jobs and logs of integrations: the provider's view of deliveries and attempts."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.integration_schema import JOBS_ANSWER, LOGS_ANSWER
from emulator.api.integrations import found_integration
from emulator.api.operation import Call, Operation, Surface
from emulator.api.page import Page, page_of
from emulator.api.refusal import not_found
from emulator.domain.errors import NotFound
from emulator.domain.identity import derived_id
from emulator.domain.moment import to_micros
from emulator.runtime.emulator import Emulator
from emulator.runtime.journal import AttemptRow

_LOG_REFUSALS = (401, 403, 404, 422)


async def list_store_logs(call: Call) -> Response:
    """The attempts of the whole store, or to an organization those of its own integrations, newest first."""
    call.caller.must_be_trusted()
    page = page_of(call.request.query_params)
    journal = await call.history()
    rows, total = journal.attempts(scope=call.caller.scope, offset=page.offset, limit=page.limit)
    return _logs(call.emulator, rows, total, page)


async def list_integration_logs(call: Call) -> Response:
    """The attempts of one integration, newest first."""
    integration = found_integration(call)
    page = page_of(call.request.query_params)
    journal = await call.history()
    rows, total = journal.attempts(integration=integration.key, offset=page.offset, limit=page.limit)
    return _logs(call.emulator, rows, total, page)


async def list_integration_jobs(call: Call) -> Response:
    """The jobs of one integration, newest first: one for each event it was to be told of."""
    integration = found_integration(call)
    page = page_of(call.request.query_params)
    journal = await call.history()
    rows, total = journal.deliveries(integration=integration.key, offset=page.offset, limit=page.limit)
    jobs = [{"id": row.job_id, "type": "integration-job"} for row in rows]
    return answer({"data": jobs, **page.meta(total)})


async def list_job_logs(call: Call) -> Response:
    """The attempts of one job, newest first."""
    integration = found_integration(call)
    page = page_of(call.request.query_params)
    journal = await call.history()
    job = journal.delivery(call.word("job_id"))
    if job is None or job.integration != integration.key:
        raise not_found()
    rows, total = journal.attempts(delivery=job.number, offset=page.offset, limit=page.limit)
    return _logs(call.emulator, rows, total, page)


def log_document(row: AttemptRow, integration_id: str, seed: int) -> dict[str, Any]:
    """The provider's JSON object of an attempt.

    `status_code` is 0 where no answer came or the transport has none, and `error_detail` is empty on success: its
    clients read both as plain values. `created_at` has nanoseconds, as in the provider's old examples.
    """
    record, data = row.record, row.record.data
    return {
        "id": derived_id(seed, "log", row.delivery.job_id, record.attempt, record.copy),
        "type": "integration-log",
        "succeeded": data["succeeded"],
        "attempt": record.attempt,
        "processing_time": data["processing_time"],
        "body": data["body"],
        "status_code": data["status"] or 0,
        "error_detail": data["error"] or "",
        "relationships": {
            "integration": {"data": {"type": "integration", "id": integration_id}},
            "job": {"data": {"type": "integration-job", "id": row.delivery.job_id}},
        },
        "meta": {"timestamps": {"created_at": to_micros(record.at).replace("Z", "000Z")}},
    }


def _logs(emulator: Emulator, rows: Sequence[AttemptRow], total: int, page: Page) -> Response:
    ids = {key: _integration_id(emulator, key) for key in {row.delivery.integration for row in rows}}
    seed = emulator.settings.seed
    logs = [log_document(row, ids[row.delivery.integration], seed) for row in rows]
    return answer({"data": logs, **page.meta(total)})


def _integration_id(emulator: Emulator, key: str) -> str:
    """The id behind a key, also of an integration that is gone: its logs stay."""
    try:
        return emulator.integration(key).id
    except NotFound:
        return derived_id(emulator.settings.seed, "integration", key)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v2/integrations/logs",
        name="listStoreLogs",
        summary="The attempts of the whole store, newest first",
        surface=Surface.EPCC,
        handler=list_store_logs,
        paged=True,
        answers={200: LOGS_ANSWER},
        refusals=(401, 403, 422),
    ),
    Operation(
        method="GET",
        path="/v2/integrations/{integration_id}/logs",
        name="listIntegrationLogs",
        summary="The attempts of one integration, newest first",
        surface=Surface.EPCC,
        handler=list_integration_logs,
        paged=True,
        answers={200: LOGS_ANSWER},
        refusals=_LOG_REFUSALS,
    ),
    Operation(
        method="GET",
        path="/v2/integrations/{integration_id}/jobs",
        name="listIntegrationJobs",
        summary="The jobs of one integration, newest first",
        surface=Surface.EPCC,
        handler=list_integration_jobs,
        paged=True,
        answers={200: JOBS_ANSWER},
        refusals=_LOG_REFUSALS,
    ),
    Operation(
        method="GET",
        path="/v2/integrations/{integration_id}/jobs/{job_id}/logs",
        name="listJobLogs",
        summary="The attempts of one job, newest first",
        surface=Surface.EPCC,
        handler=list_job_logs,
        paged=True,
        answers={200: LOGS_ANSWER},
        refusals=_LOG_REFUSALS,
    ),
)
