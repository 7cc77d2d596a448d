using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests.RabbitMq;

/// <summary>A broker for the tests of one class, which each find it as they need it: starting one takes several seconds.</summary>
public sealed class PrivateBroker : IAsyncDisposable
{
    private readonly PrivateService _broker = PrivateService.Create("rabbitmq");
    private bool _isPrepared;
    private bool _runs;
    private bool _hangs;

    internal string Address => _broker.Address;

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    /// <summary>Lets it run.</summary>
    internal async Task StartAsync()
    {
        if (!_isPrepared)
            await PrepareAsync();
        _isPrepared = true;
        if (!_runs)
            await _broker.StartAsync();
        _runs = true;
    }

    /// <summary>Ends it, where it runs.</summary>
    internal async Task EndAsync(bool kills)
    {
        if (_runs)
            await (kills ? _broker.KillAsync() : _broker.StopAsync());
        _runs = false;
    }

    /// <summary>
    /// RabbitMQ 3.10 forgets where its coordinator of streams is if it is killed within seconds after its very first stream was made, and then none of them
    /// works any more. So that this is not what is tested, the broker makes one and ends in order before it is used.
    /// </summary>
    private async Task PrepareAsync()
    {
        await _broker.StartAsync();
        await using (var world = new RabbitMqWorld(Address, outlivesTest: false))
            await world.DeclareAnyStreamAsync();
        await _broker.StopAsync();
    }

    internal async Task FreezeAsync()
    {
        await _broker.FreezeAsync();
        _hangs = true;
    }

    internal async Task ThawAsync()
    {
        if (_hangs)
            await _broker.ThawAsync();
        _hangs = false;
    }
}

/// <summary>One after the other: a broker takes a processor for some seconds to start.</summary>
[CollectionDefinition(Name)]
public sealed class PrivateBrokers
{
    internal const string Name = "private RabbitMQ brokers";
}
