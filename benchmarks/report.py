"""Writes what was measured into docs/performance.md: each table between its marks, and a plot of the ratios.

    build/plots/bin/python benchmarks/report.py

It needs matplotlib and nothing of ours, so it has an environment of its own.
"""

import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
PLOTS = HERE.parent / "docs" / "plots"


def table(content: dict[str, Any]) -> str:
    """One table of a result, in Markdown."""
    if "facts" in content:
        rows = [content["columns"], ["---"] * len(content["columns"]), *content["facts"]]
        return f"**{content['title']}**\n\n" + "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
    lines = [
        f"**{content['title']}** (floor: {content['floor']})",
        "",
        "| | median, ms | quartiles, ms | times the floor | in blocks of rounds |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row in content["rows"]:
        low, high = row["quartiles"]
        spread = f"{row['low']:.2f} to {row['high']:.2f}"
        times = f"{row['milliseconds']:.3f} | {low:.3f} to {high:.3f}"
        lines.append(f"| {row['name']} | {times} | {row['value']:.2f} | {spread} |")
    return "\n".join(lines)


def plot(result: dict[str, Any], path: Path) -> bool:
    """The ratios of a result as bars with their spread; False when it has none."""
    bars = [
        (f"{content['title']}: {row['name']}", row)
        for content in result["tables"]
        for row in content.get("rows", ())
        if row["name"] != content["floor"]
    ]
    if not bars:
        return False
    figure, axes = plt.subplots(figsize=(9, 0.45 * len(bars) + 1.2), layout="constrained")
    values = [row["value"] for _, row in bars]
    below = [max(0.0, row["value"] - row["low"]) for _, row in bars]
    above = [max(0.0, row["high"] - row["value"]) for _, row in bars]
    axes.barh([name for name, _ in bars], values, xerr=[below, above], color="#4c78a8", ecolor="#333333")
    axes.axvline(1.0, color="#e45756", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlabel("times the floor (red); quartiles over blocks of rounds")
    axes.tick_params(axis="y", labelsize=7)
    if max(values) > 20:
        axes.set_xscale("log")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return True


def main() -> None:
    PLOTS.mkdir(exist_ok=True)
    plt.rcParams["svg.hashsalt"] = "campaign-orchestrator"
    page = PAGE.read_text()
    for path in sorted((HERE / "results").glob("*.json")):
        result = json.loads(path.read_text())
        begin, end = f"<!-- results: {path.stem} -->", f"<!-- end of {path.stem} -->"
        if begin not in page:
            print(f"{PAGE.name} has no place for {path.stem}")
            continue
        machine = result["machine"]
        where = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}"
        parts = [f"Measured at {machine['at']} on {where}, commit {machine['commit']}."]
        if plot(result, PLOTS / f"{path.stem}.svg"):
            parts.append(f"![The ratios of the tables below](plots/{path.stem}.svg)")
        parts += [table(content) for content in result["tables"]]
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}\n\n" + "\n\n".join(parts) + f"\n\n{end}{after}"
    PAGE.write_text(page)


if __name__ == "__main__":
    main()
