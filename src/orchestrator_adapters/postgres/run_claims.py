"""Claims and batch leases on PostgreSQL."""

from typing import Any

from attrs import asdict, frozen

from orchestrator_adapters.postgres import rows
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_domain.ports.run_claims import BatchEnd, BatchLease, Claim, ClaimRefusal, RunClaims
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.run import Progress, RunIdentity, RunOutcome, RunState


@frozen(eq=False, repr=False)
class PostgresRunClaims(RunClaims):
    """RunClaims over the functions in ``doors/``. ``tokens`` makes the random tokens."""

    doors: Doors
    tokens: RunIds

    def claim(
        self, identity: RunIdentity, *, run_id: str, claimant: str, attempt: int | None
    ) -> Claim | ClaimRefusal:
        token = self.tokens.next_id()
        claimed = self.doors.call(
            "campaign_claim",
            {
                "campaign_id": identity.campaign_id,
                "number": identity.number,
                "run_id": run_id,
                "claimant": claimant,
                "attempt": attempt,
                "token": token,
                "origin": {"source": "dispatcher"},
            },
        )
        if "refused" in claimed:
            return ClaimRefusal(claimed["refused"])
        return Claim(identity=identity, token=token, progress=rows.progress_of(claimed))

    def begin_batch(
        self, claim: Claim, *, lease_seconds: float, size: int, batch_key: str | None = None
    ) -> BatchLease | ClaimRefusal:
        lease_token = batch_key or self.tokens.next_id()
        begun = self.doors.call(
            "campaign_begin_batch",
            {**_held(claim), "lease_token": lease_token, "lease_seconds": lease_seconds, "size": size},
        )
        if "refused" in begun:
            return ClaimRefusal(begun["refused"])
        return BatchLease(token=lease_token, until=rows.instant(begun["until"]))

    def end_batch(self, claim: Claim, lease: BatchLease, *, progress: Progress) -> BatchEnd | ClaimRefusal:
        return _end(
            self.doors.call(
                "campaign_end_batch",
                {**_held(claim), "lease_token": lease.token, "progress": asdict(progress)},
            )
        )

    def finish(
        self, claim: Claim, *, outcome: RunOutcome, progress: Progress, cause: str | None
    ) -> BatchEnd | ClaimRefusal:
        return _end(
            self.doors.call(
                "campaign_finish",
                {
                    **_held(claim),
                    "outcome": outcome.value,
                    "progress": asdict(progress),
                    "cause": cause,
                },
            )
        )


def _held(claim: Claim) -> dict[str, Any]:
    return {
        "campaign_id": claim.identity.campaign_id,
        "number": claim.identity.number,
        "token": claim.token,
    }


def _end(answer: dict[str, Any]) -> BatchEnd | ClaimRefusal:
    if "refused" in answer:
        return ClaimRefusal(answer["refused"])
    return BatchEnd(state=RunState(answer["state"]))
