using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Testing.Conformance;

namespace Realtime.Feeds.Tests;

public sealed class InProcessFanoutDispatcherTests : FanoutDispatcherConformance
{
    protected override ValueTask<IFanoutDispatcher> CreateAsync(FeedOptions options) =>
        new(new InProcessFanoutDispatcher(options, TimeProvider.System, NullLogger<InProcessFanoutDispatcher>.Instance));
}
