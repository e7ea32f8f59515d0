"""The slot ledger on Redis, on one node or on a cluster."""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from threading import Lock
from typing import Final, TypeVar

from orchestrator_adapters.credentials import CredentialsSource, CredentialsUnavailable
from orchestrator_adapters.redis import scripts
from orchestrator_adapters.redis.error_causes import ANSWERED, AUTHENTICATION, cause_of
from orchestrator_adapters.redis.holder_values import execution_details, milliseconds
from orchestrator_adapters.redis.keys import DetailsKeys, pool_keys
from orchestrator_adapters.redis.sending import Conversation, Server, redis_server
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import LedgerDrift, SlotLedger

Result = TypeVar("Result")
LOGGER: Final = logging.getLogger(__name__)


class RedisSlotLedger(SlotLedger):
    """SlotLedger over the scripts in ``lua/``. It connects at the first call.

    A pool's set and hash have scripts of their own, and so have a campaign's details: on a cluster they are on
    different nodes. Each is guarded by run numbers in itself, so that they need no common transaction.
    """

    def __init__(
        self, settings: RedisSettings, *, make_server: Callable[[RedisSettings], Server] = redis_server
    ) -> None:
        self._settings = settings
        self._make_server = make_server
        self._server: Server | None = None
        self._lock = Lock()

    def record(self, pool: str, holder: Holder) -> int:
        keys, campaign = pool_keys(pool), DetailsKeys(holder.campaign_id)
        shown = scripts.record(
            active=keys.active,
            runs=keys.runs,
            campaign_id=holder.campaign_id,
            run_number=holder.run_number,
            since=milliseconds(holder.since),
        )
        details = scripts.record_details(
            details=campaign.details,
            ended=campaign.ended,
            run_number=holder.run_number,
            content=execution_details(holder),
        )
        return self._ask(lambda talk: int(talk.send([shown, details])[0]))

    def release(self, pool: str, campaign_id: str, run_number: int) -> int:
        keys, campaign = pool_keys(pool), DetailsKeys(campaign_id)
        # The details first: what is cut off between the two is then a member too many, which a rebuild finds.
        details = scripts.release_details(details=campaign.details, ended=campaign.ended, run_number=run_number)
        shown = scripts.release(active=keys.active, runs=keys.runs, campaign_id=campaign_id, run_number=run_number)
        return self._ask(lambda talk: int(talk.send([details, shown])[1]))

    def usage(self, pools: Sequence[str]) -> Mapping[str, frozenset[str]]:
        calls = [scripts.read_pool(active=pool_keys(pool).active) for pool in pools]
        return self._ask(
            lambda talk: {pool: frozenset(members) for pool, members in zip(pools, talk.send(calls), strict=True)}
        )

    def rebuild(self, pool: str, holders: Sequence[Holder], *, as_of: datetime) -> LedgerDrift:
        from orchestrator_adapters.redis.rebuilding import rebuild  # most starts come without one

        return self._ask(lambda talk: rebuild(talk, pool, holders, as_of))

    def close(self) -> None:
        """Close the connections. The next call opens one again."""
        with self._lock:
            server = self._server
        self._give_up(server)

    def _ask(self, work: Callable[[Conversation], Result]) -> Result:
        """What ``work`` makes of the client, within the time of one call; LedgerUnavailable whatever goes wrong.

        No answer shows why the ledger was away, since none depends on it; so the log does.
        """
        source = self._settings.credentials
        try:
            return self._ask_once(work) if source is None else self._ask_with_what_is_known(work, source)
        except LedgerUnavailable as away:
            LOGGER.warning(json.dumps({"event": "ledger_unavailable", "cause": away.cause}))
            raise

    def _ask_with_what_is_known(self, work: Callable[[Conversation], Result], source: CredentialsSource) -> Result:
        """What ``work`` makes of the client.

        A password that was rotated since it was fetched is refused, and the call is made again, once, with the new
        one (F38). Fetching is not counted in a call's time, and is done where a connection has to be made: signing
        a token takes longer than a call.
        """
        try:
            known = None if self._is_connected() else source.get()
            try:
                return self._ask_once(work)
            except LedgerUnavailable as away:
                if away.cause != AUTHENTICATION or source.after_refusal(known or source.get()) is None:
                    raise
        except CredentialsUnavailable as error:
            raise LedgerUnavailable(cause=error.cause) from None
        return self._ask_once(work)

    def _ask_once(self, work: Callable[[Conversation], Result]) -> Result:
        """``work`` does nothing but ask and read the answers: a stranger at the other end can make the driver, and
        the reading, fail in any way.
        """
        used: Server | None = None
        try:
            used = self._connected()  # the first time it imports a driver, which takes longer than a call may
            return work(Conversation(used, time.monotonic() + self._settings.timeout_seconds))
        except Exception as error:
            cause = cause_of(error)
            if cause not in ANSWERED and used is not None:
                # Half an answer may be left in the connection, or its server is not the primary any more.
                self._give_up(used)
            raise LedgerUnavailable(cause=cause) from None

    def _connected(self) -> Server:
        known = self._server
        if known is not None:
            return known
        with self._lock:
            if self._server is None:
                self._server = self._make_server(self._settings)
            return self._server

    def _is_connected(self) -> bool:
        known = self._server
        return known is not None and known.is_connected()

    def _give_up(self, server: Server | None) -> None:
        with self._lock:
            if self._server is server:
                self._server = None
        if server is not None:
            with suppress(Exception):
                server.close()
