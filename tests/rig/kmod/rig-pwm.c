// SPDX-License-Identifier: MIT
/*
 * The header's PWM of a Raspberry Pi as the kernel shows it: /sys/class/pwm/pwmchipN, whose device has
 * the name of a Pi's, with channels that keep what they are told, also when its teller dies. Whatever
 * is told is in the kernel's own trace (pwm:pwm_apply).
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pwm.h>

#define CHANNELS_AT_MOST 4

static char *device = "3f20c000.pwm";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "name: 3f20c000.pwm (Pi 2, 3), fe20c000.pwm (4), 1f00098000.pwm (5)");

static unsigned int channels = 2;
module_param(channels, uint, 0444);

static struct platform_device *parent;
static struct pwm_chip *chip;

static int rig_apply(struct pwm_chip *of, struct pwm_device *pwm, const struct pwm_state *told)
{
	struct pwm_state *kept = pwmchip_get_drvdata(of);

	kept[pwm->hwpwm] = *told;
	return 0;
}

static int rig_get_state(struct pwm_chip *of, struct pwm_device *pwm, struct pwm_state *answer)
{
	struct pwm_state *kept = pwmchip_get_drvdata(of);

	*answer = kept[pwm->hwpwm];
	return 0;
}

static const struct pwm_ops rig_ops = {
	.apply = rig_apply,
	.get_state = rig_get_state,
};

static struct pwm_state kept[CHANNELS_AT_MOST];

static int __init rig_init(void)
{
	int error;

	if (channels < 1 || channels > CHANNELS_AT_MOST)
		return -EINVAL;
	parent = platform_device_register_simple(device, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	chip = pwmchip_alloc(&parent->dev, channels, 0);
	if (IS_ERR(chip)) {
		error = PTR_ERR(chip);
		goto without_chip;
	}
	chip->ops = &rig_ops;
	pwmchip_set_drvdata(chip, kept);
	error = pwmchip_add(chip);
	if (!error)
		return 0;
	pwmchip_put(chip);
without_chip:
	platform_device_unregister(parent);
	return error;
}

static void __exit rig_exit(void)
{
	pwmchip_remove(chip);
	pwmchip_put(chip);
	platform_device_unregister(parent);
}

module_init(rig_init);
module_exit(rig_exit);
MODULE_DESCRIPTION("A Raspberry Pi's header PWM for the virtual box");
MODULE_LICENSE("Dual MIT/GPL");
