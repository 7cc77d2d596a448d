using Microsoft.Extensions.Time.Testing;

namespace Realtime.Core.Tests;

/// <summary>A clock that tests advance.</summary>
internal sealed class FakeTime() : FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero));
