"""What is told of the builds: a table for people, which is Markdown too, and JSON."""

KINDS = ("compile", "probe")


def totals(built):
    """One row of the table: figures of all steps of a build together."""
    steps = built["steps"].values()
    row = {"wall_s": sum(step["wall_s"] for step in steps), "cpu_s": sum(step["cpu_s"] for step in steps)}
    for kind in KINDS:
        row[kind] = {outcome: sum(step["counts"].of(kind, outcome) for step in steps) for outcome in ("hit", "miss", "failed", "bypass")}
        row[kind]["all"] = sum(step["counts"].all(kind) for step in steps)
    row["others"] = sum(step["counts"].all("other") for step in steps)
    for name in ("asked", "asked_us", "own_us"):
        values = [step.get(name) for step in steps]
        row[name] = None if None in values else sum(values)
    return row


def share(row):
    """The compile commands that were served, of a hundred."""
    return 100 * row["compile"]["hit"] / row["compile"]["all"] if row["compile"]["all"] else 0


def table(project, version, builds):
    """The table of one project, and the reasons for everything that was not served."""
    lines = [f"### {project.name} {version}", "", f"{project.what}.", ""]
    lines.append("| build | wall s | CPU s | CPU of bare | compiles | hits | misses | failed | bypassed | probes hit | others | asked | own ms | objects |")
    lines.append("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|")
    bare = totals(builds[0])["cpu_s"]
    for built in builds:
        row = totals(built)
        compile, probe = row["compile"], row["probe"]
        cells = [f"{built['way']} {built['phase']}", f"{row['wall_s']:.1f}", f"{row['cpu_s']:.1f}", f"{row['cpu_s'] / bare:.2f}"]
        if built["way"] == "bare":
            cells += ["", "", "", "", "", "", "", "", "", str(len(built["objects"]))]
        else:
            cells += [str(compile[name]) for name in ("all", "hit", "miss", "failed", "bypass")]
            cells += [f"{probe['hit']} of {probe['all']}", str(row["others"]), dash(row["asked"])]
            cells += ["-" if row["own_us"] is None else str(row["own_us"] // 1000), verdict(built["compared"])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *reasons(builds)])


def dash(value):
    return "-" if value is None else str(value)


def verdict(compared):
    alike = compared["compared"] - len(compared["different"]) - len(compared["known"])
    return f"{alike} of {compared['compared']} alike" + (f", {len(compared['known'])} differ by nature" if compared["known"] else "")


def reasons(builds):
    """Lines about what was not served, for the builds that should have been."""
    lines = []
    for built in builds:
        if built["phase"] not in ("cold", "warm", "elsewhere") or built["way"] == "bare":
            continue
        told = []
        for name, step in built["steps"].items():
            for (kind, outcome), found in sorted(step["counts"].table.items()):
                if outcome == "hit" or (built["phase"] == "cold" and kind != "compile"):
                    continue
                for reason, count in found.most_common():
                    examples = step["counts"].examples[kind, outcome, reason]
                    shown = f": {'; '.join(examples[:3])}" if kind == "compile" and built["phase"] == "warm" and examples else ""
                    told.append(f"{name} {kind} {outcome} {reason} {count}{shown}")
        if told:
            lines.append(f"- {built['way']} {built['phase']}: {', '.join(told)}")
        different = (built.get("compared") or {}).get("different", [])
        if different:
            lines.append(f"- {built['way']} {built['phase']}: other objects: {', '.join(different[:10])}{', …' if len(different) > 10 else ''}")
    return lines


def faults(project, builds, least):
    """What is not as it should be, in sentences."""
    found = []
    for built in builds:
        if built["way"] not in ("exact", "relative"):
            continue
        if built["compared"]["different"]:
            found.append(f"{project.name}, {built['way']} {built['phase']}: {len(built['compared']['different'])} objects differ")
        row = totals(built)
        if built["phase"] == "warm" and not project.excepted and share(row) < least:
            found.append(f"{project.name}, {built['way']} warm: {row['compile']['hit']} of {row['compile']['all']} compile commands hit")
    return found


def as_json(project, version, builds):
    told = []
    for built in builds:
        steps = {name: {**step, "counts": step["counts"].as_json()} for name, step in built["steps"].items()}
        told.append({"way": built["way"], "phase": built["phase"], "steps": steps, "objects": len(built["objects"]), "compared": built.get("compared"), "total": totals(built)})
    return {"project": project.name, "version": version, "excepted": project.excepted or None, "builds": told}
