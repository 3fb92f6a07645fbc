"""What the user wrote: settings, tiers, job signatures."""
