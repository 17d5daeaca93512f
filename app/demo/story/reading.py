"""Chapter 7: who looked at my data, with purpose and time, never the value."""

from app.demo.story.stage import Stage


async def play(stage: Stage) -> None:
    stage.chapter("Who looked at my data")
    mine = stage.ok(await stage.phone("Lan").call("GET", "/v1/me/disclosures", params={"limit": 100}))["items"]
    read = [row for row in mine if row["reader"] == "client" and "profile.name" in row["attributes"]]
    stage.expect(read, "Lan sees Parking's read of her name")
    stage.told("Parking's read of Lan's name", f"{read[0]['purpose']['vi']} ({read[0]['purpose']['en']}), {read[0]['at'][:19]}")
    theirs = stage.ok(await stage.phone("Minh").call("GET", "/v1/me/disclosures", params={"limit": 100}))["items"]
    seen = [row for row in theirs if row["reader"] == "staff"]
    stage.expect(seen, "the officer's view stands in the log of the one who was looked at")
    stage.told("The officer's view, by role and never by name", f"{seen[0]['role']}: {seen[0]['purpose']['vi']}")
    values = ("Nguyễn Thị Lan", "Lê Quang Minh", "Trần Thị Hòa")
    stage.expect(not any(value in str(mine + theirs) for value in values), "the log tells what was read, never the value")
    stage.told("Values in the log", "none")
