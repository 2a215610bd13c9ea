"""The tables, as plain text or as Markdown."""
from statistics import median


def summary(results):
    """One entry for each case: medians over its rounds, the largest of its peaks."""
    entries = {}
    for row in results["rounds"]:
        entries.setdefault(row["case"], []).append(row)
    return [combined(rows) for rows in entries.values()]


def combined(rows):
    entry = {key: rows[0][key] for key in ("case", "program", "family")}
    for key in ("compressSeconds", "processSeconds", "cpuSeconds", "perplexity"):
        entry[key] = median(row[key] for row in rows)
    for key in ("peakAnonymousBytes", "peakResidentBytes"):
        entry[key] = max(row[key] for row in rows)
    return entry


def ratios(entries):
    """Each peer divided by each Spokeshave case of its family."""
    pairs = [(peer, ours) for ours in entries if ours["program"] == "spokeshave"
             for peer in entries if peer["program"] != "spokeshave"
             and peer["family"] == ours["family"]]
    return [ratio(peer, ours) for peer, ours in pairs]


def ratio(peer, ours):
    result = {"peer": peer["case"], "to": ours["case"]}
    for key in ("compressSeconds", "processSeconds", "cpuSeconds", "peakAnonymousBytes",
                "peakResidentBytes", "perplexity"):
        result[key] = peer[key] / ours[key]
    return result


def render(results, markdown):
    """Both tables, with what they mean."""
    entries = summary(results)
    settings = results["settings"]
    head = (f"{settings['model']}: {settings['samples']} × {settings['length']} calibration "
            f"tokens, threads: {settings['threads']}, rounds: {settings['rounds']}, "
            f"{results['machine']['processor']}, {results['date']}")
    parts = [head, f"Command: {results['command']}"]
    parts.append("Versions: " + ", ".join(f"{n} {v}" for n, v in results["versions"].items()))
    first = [["case", "compress s", "process s", "CPU s", "peak MB", "resident MB",
              "perplexity"]]
    if results.get("uncompressedPerplexity"):
        first.append(["uncompressed"] + [""] * 5 + [f"{results['uncompressedPerplexity']:.4f}"])
    for e in entries:
        first.append([
            e["case"], f"{e['compressSeconds']:.2f}", f"{e['processSeconds']:.2f}",
            f"{e['cpuSeconds']:.2f}", f"{e['peakAnonymousBytes'] / 1e6:.0f}",
            f"{e['peakResidentBytes'] / 1e6:.0f}", f"{e['perplexity']:.4f}"])
    second = [["peer ÷ Spokeshave", "to", "compress", "process", "CPU", "peak", "resident",
               "perplexity"]]
    for r in ratios(entries):
        second.append(
            [r["peer"], r["to"]] + [f"{r[key]:.2f}" for key in (
                "compressSeconds", "processSeconds", "cpuSeconds", "peakAnonymousBytes",
                "peakResidentBytes")] + [f"{r['perplexity']:.4f}"])
    draw = markdown_table if markdown else text_table
    parts.append(draw(first, left=1))
    if len(second) > 1:
        parts.append(draw(second, left=2))
    return "\n\n".join(parts + [NOTE])


NOTE = """\
“compress” of a Python peer runs from after its imports and the loading of the model to the end
of the compression, “process” from the start of the process to the same end; saving is not
counted. For Spokeshave both are the whole command, with tokenising and writing the checkpoint.
CPU is user and system time of the process and its children over “process”. “peak” is the largest
sum of RssAnon over the process tree, looked at every 100 ms, so mapped files do not count;
“resident” adds them, and counts shared pages once for each process. A peer is divided by the
case that “to” names."""


def text_table(rows, left):
    """Columns aligned by spaces, the first `left` of them to the left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if i < left else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown_table(rows, left):
    """A Markdown table."""
    rule = ["---" if i < left else "---:" for i in range(len(rows[0]))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], rule, *rows[1:]])
