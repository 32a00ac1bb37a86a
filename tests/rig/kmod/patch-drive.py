#!/usr/bin/env python3
"""Adds to gpio-sim what a real contact does: a strong outside level that wins over the bias
the software asks for. sim_gpioN/pull then also takes
  drive-low | drive-high   a closed contact to ground | to 3V3
  float                    the contact is open: the bias last asked for by software decides
                           (low if none was ever asked for: a missing pull-up shows)
Exits 1 and leaves the file alone if this kernel's source looks different."""

import sys
from pathlib import Path

FIELDS = """\
	unsigned long *drive_mask;
	unsigned long *bias_map;
"""
ALLOCATED = """\
	chip->drive_mask = devm_bitmap_zalloc(dev, num_lines, GFP_KERNEL);
	chip->bias_map = devm_bitmap_zalloc(dev, num_lines, GFP_KERNEL);
	if (!chip->drive_mask || !chip->bias_map)
		return -ENOMEM;
"""
APPLY_BIAS = """\
static int gpio_sim_apply_bias(struct gpio_sim_chip *chip,
			       unsigned int offset, int value)
{
	if (value)
		set_bit(offset, chip->bias_map);
	else
		clear_bit(offset, chip->bias_map);
	if (test_bit(offset, chip->drive_mask))
		return 0;
	return gpio_sim_apply_pull(chip, offset, value);
}

"""
MATCH = """\
	pull = sysfs_match_string(gpio_sim_sysfs_pull_strings, buf);
	if (pull < 0)
		return pull;
"""
STORE = """\
	if (sysfs_streq(buf, "drive-low") || sysfs_streq(buf, "drive-high")) {
		set_bit(line_attr->offset, chip->drive_mask);
		pull = sysfs_streq(buf, "drive-high");
	} else if (sysfs_streq(buf, "float")) {
		clear_bit(line_attr->offset, chip->drive_mask);
		pull = !!test_bit(line_attr->offset, chip->bias_map);
	} else {
		pull = sysfs_match_string(gpio_sim_sysfs_pull_strings, buf);
		if (pull < 0)
			return pull;
		clear_bit(line_attr->offset, chip->drive_mask);
	}
"""
PULL_MAP = "	unsigned long *pull_map;\n"
NEW_PULL_MAP = "	chip->pull_map = devm_bitmap_zalloc(dev, num_lines, GFP_KERNEL);\n"
APPLY = "		return gpio_sim_apply_pull(chip, offset, %d);\n"
GET = "static int gpio_sim_get(struct gpio_chip *gc, unsigned int offset)\n"
CHANGES = [
    (PULL_MAP, PULL_MAP + FIELDS),
    (NEW_PULL_MAP, ALLOCATED + NEW_PULL_MAP),
    (APPLY % 1, (APPLY % 1).replace("apply_pull", "apply_bias")),
    (APPLY % 0, (APPLY % 0).replace("apply_pull", "apply_bias")),
    (GET, APPLY_BIAS + GET),
    (MATCH, STORE),
]

path = Path(sys.argv[1])
source = path.read_text()
for old, new in CHANGES:
    if source.count(old) != 1:
        sys.exit(f"patch-drive: {source.count(old)} times, not once: {old!r}")
    source = source.replace(old, new)
path.write_text(source)
