"""The one place that builds: a dependency-injector container with Settings as its only input."""

from collections.abc import Mapping
from typing import Any

from dependency_injector import containers, providers

from campaign_orchestrator import building
from campaign_orchestrator.decision_log import NoDecisionLog
from campaign_orchestrator.dispatchers_by_name import DispatchersByName
from campaign_orchestrator.later import later
from campaign_orchestrator.routes import pools_of, routes_of
from campaign_orchestrator.settings import Settings
from orchestrator_domain.ports.metrics import NoMetrics


class Container(containers.DeclarativeContainer):
    """Everything that the orchestrator is made of. Override a provider to swap its part.

    What does the work is imported when it is first made, and adapters import their driver when they are first used,
    so a route pays only for what it needs.
    """

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)

    pools = providers.Singleton(pools_of, settings)
    routes = providers.Singleton(routes_of, settings)
    clock = providers.Singleton(building.clock)
    run_ids = providers.Singleton(building.run_ids)

    store = providers.Singleton(building.store, settings=settings, clock=clock)
    repository = providers.Singleton(building.repository, store=store)
    campaign_listing = providers.Singleton(building.campaign_listing, store=store)
    pool_control = providers.Singleton(building.pool_control, store=store)
    upkeep_records = providers.Singleton(building.upkeep_records, store=store)
    run_claims = providers.Singleton(building.run_claims, store=store, run_ids=run_ids)
    ledger = providers.Singleton(building.ledger, settings=settings, clock=clock)
    publisher = providers.Singleton(building.publisher, settings=settings)

    step_functions = providers.Singleton(building.step_functions, settings=settings)
    sms_function = providers.Singleton(building.sms_function, settings=settings)
    dispatchers = providers.Singleton(
        later("orchestrator_domain.dispatchers:Dispatchers"),
        routes=routes,
        by_name=providers.Singleton(
            DispatchersByName,
            providers.Dict(step_functions=step_functions.provider, sms_function=sms_function.provider),
        ),
    )

    metrics = providers.Singleton(NoMetrics)
    decision_log = providers.Singleton(NoDecisionLog)

    announcements = providers.Singleton(
        later("orchestrator_domain.use_cases.announcements:Announcements"), publisher=publisher
    )
    projection = providers.Singleton(
        later("orchestrator_domain.use_cases.projection:Projection"),
        repository=repository,
        ledger=ledger,
        pools=pools,
        metrics=metrics,
    )
    hand_over = providers.Singleton(
        later("orchestrator_domain.use_cases.hand_over:HandOver"),
        repository=repository,
        dispatchers=dispatchers,
        metrics=metrics,
    )
    wind_down = providers.Singleton(
        later("orchestrator_domain.use_cases.wind_down:WindDown"),
        repository=repository,
        dispatchers=dispatchers,
        projection=projection,
    )
    stop_orphans = providers.Singleton(
        later("orchestrator_domain.use_cases.stop_orphans:StopOrphans"), records=upkeep_records
    )
    settle_run = providers.Singleton(
        later("orchestrator_domain.use_cases.settle_run:SettleRun"),
        stop_orphans=stop_orphans,
        repository=repository,
        hand_over=hand_over,
        wind_down=wind_down,
        projection=projection,
        announcements=announcements,
    )
    make_room = providers.Singleton(
        later("orchestrator_domain.use_cases.make_room:MakeRoom"), repository=repository, settle_run=settle_run
    )
    launch_run = providers.Singleton(
        later("orchestrator_domain.use_cases.launch_run:LaunchRun"),
        make_room=make_room.provider,
        repository=repository,
        hand_over=hand_over,
        projection=projection,
        wind_down=wind_down.provider,
        announcements=announcements,
        run_ids=run_ids,
        pools=pools,
        metrics=metrics,
    )
    halt_campaign = providers.Singleton(
        later("orchestrator_domain.use_cases.halt_campaign:HaltCampaign"),
        repository=repository,
        wind_down=wind_down,
        announcements=announcements,
        metrics=metrics,
    )
    pause_halted_run = providers.Singleton(
        later("orchestrator_domain.use_cases.pause_halted_run:PauseHaltedRun"),
        pool_control=pool_control,
        wind_down=wind_down,
        announcements=announcements,
    )
    reconcile_pool = providers.Singleton(
        later("orchestrator_domain.use_cases.reconcile_pool:ReconcilePool"),
        repository=repository,
        records=upkeep_records,
        dispatchers=dispatchers,
        reconcile_run=providers.Singleton(
            later("orchestrator_domain.use_cases.reconcile_run:ReconcileRun"),
            repository=repository,
            settle_run=settle_run,
            foresee=providers.Singleton(
                later("orchestrator_domain.use_cases.foresee_repair:ForeseeRepair"), dispatchers=dispatchers
            ),
            pause_halted_run=pause_halted_run,
        ),
        stop_orphans=stop_orphans,
        projection=projection,
    )
    reconcile = providers.Singleton(
        later("orchestrator_domain.use_cases.reconcile:Reconcile"),
        pools=pools,
        reconcile_pool=reconcile_pool,
        metrics=metrics,
    )
    pool_requests = providers.Singleton(
        building.pool_requests,
        pool_control=pool_control,
        repository=repository,
        pause_halted_run=pause_halted_run,
        pools=pools,
        clock=clock,
    )
    direct_requests = providers.Singleton(
        later("campaign_orchestrator.direct_requests:DirectRequests"),
        start=providers.Singleton(
            later("orchestrator_domain.use_cases.start:StartCampaign"), launch_run=launch_run
        ).provider,
        pause=providers.Singleton(
            later("orchestrator_domain.use_cases.pause:PauseCampaign"), halt_campaign=halt_campaign
        ).provider,
        resume=providers.Singleton(
            later("orchestrator_domain.use_cases.resume:ResumeCampaign"), launch_run=launch_run
        ).provider,
        stop=providers.Singleton(
            later("orchestrator_domain.use_cases.stop:StopCampaign"), halt_campaign=halt_campaign
        ).provider,
        retry=providers.Singleton(
            later("orchestrator_domain.use_cases.retry:RetryCampaign"), launch_run=launch_run
        ).provider,
        status=providers.Singleton(
            later("orchestrator_domain.use_cases.status:ShowStatus"),
            repository=repository,
            ledger=ledger,
            pools=pools,
        ).provider,
        reconcile=reconcile.provider,
        history=providers.Singleton(
            later("orchestrator_domain.use_cases.history:ShowHistory"), repository=repository
        ).provider,
        of_pools=pool_requests.provider,
        listing=providers.Singleton(
            later("orchestrator_domain.use_cases.list_campaigns:ListCampaigns"), listing=campaign_listing
        ).provider,
        routes=routes,
        clock=clock,
        log=decision_log,
    )
    http_door = providers.Singleton(building.http_door, requests=direct_requests, settings=settings)
    queue_door = providers.Singleton(
        building.queue_door, requests=direct_requests, settings=settings, clock=clock, metrics=metrics
    )
    service = providers.Singleton(
        later("campaign_orchestrator.service:OrchestratorService"),
        direct=direct_requests,
        http=http_door.provider,
        queue=queue_door.provider,
        signals=providers.Singleton(
            later("campaign_orchestrator.signals_of_aws:SignalsOfAws"),
            record_outcome=providers.Singleton(
                later("orchestrator_domain.use_cases.record_outcome:RecordOutcome"),
                repository=repository,
                settle_run=settle_run,
            ),
            reconcile=reconcile,
            log=decision_log,
        ).provider,
        metrics=metrics,
    )


def build_container(settings: Settings, overrides: Mapping[str, Any] | None = None) -> Container:
    """A container for ``settings``. ``overrides``: the name of a provider and what to give in its place.

    Raises:
        AttributeError: an override names no provider.
    """
    container = Container(settings=providers.Object(settings))
    for name, replacement in (overrides or {}).items():
        container.providers[name].override(providers.Object(replacement))
    return container


def close(container: Container) -> None:
    """Close the connections that the container has opened."""
    for adapter in (container.store(), container.ledger()):
        closing = getattr(adapter, "close", None)
        if closing is not None:
            closing()
