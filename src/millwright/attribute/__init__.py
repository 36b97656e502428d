"""Why a metric changed: broken feeds, other inputs, other outcomes, another relation between the two, or the serving."""
