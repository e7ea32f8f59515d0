"""What has become of a campaign's contacts, counted."""

from attrs import frozen

from orchestrator_domain.run import Progress


@frozen(kw_only=True)
class Totals:
    """Counts over all runs of a campaign. ``unknown``: the provider's answer was lost, or the process was."""

    total: int
    sent: int = 0
    skipped: int = 0
    failed: int = 0
    unknown: int = 0

    @property
    def open(self) -> int:
        """Contacts that nothing is decided about."""
        return self.total - self.sent - self.skipped - self.failed - self.unknown

    @property
    def progress(self) -> Progress:
        """For the orchestrator, which counts what is unknown among what has failed: it was not seen to be sent."""
        return Progress(total=self.total, sent=self.sent, skipped=self.skipped, failed=self.failed + self.unknown)

    @property
    def cause(self) -> str | None:
        """What an operator should be told at the end, if anything."""
        return f"contacts_unknown:{self.unknown}" if self.unknown else None
