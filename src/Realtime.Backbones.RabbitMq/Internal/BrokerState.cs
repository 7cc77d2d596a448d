using Microsoft.Extensions.Logging;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Which of the two connections of a backbone there are.</summary>
internal enum Role
{
    Sending,
    Receiving,
}

/// <summary>
/// What is known of both connections: each change of the whole is logged once, and trouble that stays now and then. A broker that goes away takes
/// both connections with it, and that is one thing to tell.
/// </summary>
internal sealed class BrokerState(BrokerAddress address, string what, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan ReminderInterval = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly string?[] _troubles = ["Not connected to RabbitMQ yet.", "Not connected to RabbitMQ yet."];
    private string? _told;
    private bool _toldConnected;
    private long _toldAt;

    internal bool IsConnected
    {
        get
        {
            lock (_gate)
                return Array.TrueForAll(_troubles, trouble => trouble is null);
        }
    }

    internal string? Detail
    {
        get
        {
            lock (_gate)
                return Array.Find(_troubles, trouble => trouble is not null);
        }
    }

    internal void IsWorking(Role role)
    {
        lock (_gate)
        {
            _troubles[(int)role] = null;
            if (_toldConnected || !Array.TrueForAll(_troubles, trouble => trouble is null))
                return;
            _toldConnected = true;
            _told = null;
        }

        Log.Connected(logger, what, address);
    }

    internal void HasTrouble(Role role, string trouble)
    {
        lock (_gate)
        {
            _troubles[(int)role] = trouble;
            var isNews = _toldConnected || _told is null || (_told != trouble && Array.IndexOf(_troubles, _told) < 0);
            if (!isNews && time.GetElapsedTime(_toldAt) < ReminderInterval)
                return;
            _toldConnected = false;
            _told = trouble;
            _toldAt = time.GetTimestamp();
        }

        Log.Disconnected(logger, what, trouble);
    }
}
